import { AppShell, Burger, Group, NavLink } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Link, Outlet, useMatchRoute } from "@tanstack/react-router";
import { Brand } from "../components/brand";
import { useIsAdmin } from "../features/auth/session";
import { UserMenu } from "../features/auth/user-menu";
import { DeclareButton } from "../features/declare/declare-button";
import { DeclareDialog } from "../features/declare/declare-dialog";
import { HealthStrip } from "../features/health/health-strip";
import { AnnounceNew } from "../features/live/announce-new";
import { LiveProvider } from "../features/live/live-provider";
import { LiveSign } from "../features/live/live-sign";
import { NAV } from "./nav";
import classes from "./shell.module.css";

/** The frame around every page of those who are signed in. */
export function Shell() {
  const [menuOpen, menu] = useDisclosure(false);
  const matchRoute = useMatchRoute();
  const isAdmin = useIsAdmin();
  return (
    <LiveProvider>
      <a href="#main" className={classes.skip}>
        Skip to the content
      </a>
      <AppShell
        header={{ height: 56 }}
        navbar={{ width: 208, breakpoint: "sm", collapsed: { mobile: !menuOpen } }}
        padding={{ base: "md", sm: "xl" }}
      >
        <AppShell.Header>
          <Group h="100%" px="md" gap="sm" wrap="nowrap">
            <Burger
              opened={menuOpen}
              onClick={menu.toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={menuOpen ? "Close the menu" : "Open the menu"}
              aria-expanded={menuOpen}
            />
            <Link to="/" className={classes.home} aria-label="incident-bot, to the dashboard">
              <Brand />
            </Link>
            <Group gap="sm" ml="auto" wrap="nowrap">
              <LiveSign />
              <DeclareButton className={classes.declare} />
              <UserMenu />
            </Group>
          </Group>
        </AppShell.Header>
        <AppShell.Navbar p="sm" aria-label="Areas">
          {NAV.filter(({ forAdmins }) => isAdmin || !forAdmins).map(({ to, label, Icon }) => {
            const active = Boolean(matchRoute({ to, fuzzy: to !== "/" }));
            return (
              <NavLink
                key={to}
                renderRoot={(props) => <Link to={to} {...props} />}
                label={label}
                leftSection={<Icon size={20} aria-hidden />}
                active={active}
                aria-current={active ? "page" : undefined}
                onClick={menu.close}
                className={classes.nav}
              />
            );
          })}
        </AppShell.Navbar>
        <AppShell.Main id="main" tabIndex={-1} className={classes.main}>
          <div className={classes.page}>
            <HealthStrip />
            <Outlet />
          </div>
        </AppShell.Main>
      </AppShell>
      <DeclareDialog />
      <AnnounceNew />
    </LiveProvider>
  );
}
