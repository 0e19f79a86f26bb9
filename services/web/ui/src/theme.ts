import {
  Badge,
  Button,
  Modal,
  Skeleton,
  Tooltip,
  createTheme,
  type CSSVariablesResolver,
} from "@mantine/core";

export const theme = createTheme({
  primaryColor: "indigo",
  // Dark enough for white text on it (WCAG AA), in both schemes.
  primaryShade: { light: 8, dark: 8 },
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif, "Apple Color Emoji", "Segoe UI Emoji", "Noto Color Emoji"',
  headings: { fontWeight: "650" },
  components: {
    Badge: Badge.extend({ defaultProps: { tt: "none", fw: 600, radius: "sm", size: "md" } }),
    Button: Button.extend({ defaultProps: { fw: 600 } }),
    Modal: Modal.extend({ defaultProps: { centered: false, closeButtonProps: { "aria-label": "Close" } } }),
    Skeleton: Skeleton.extend({ defaultProps: { "aria-hidden": true } }),
    Tooltip: Tooltip.extend({
      defaultProps: { events: { hover: true, focus: true, touch: true }, withArrow: true, openDelay: 150 },
    }),
  },
});

/** Mantine's quiet colours are too faint for WCAG AA; these are not. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "var(--mantine-color-gray-7)",
    "--mantine-color-placeholder": "var(--mantine-color-gray-6)",
    "--mantine-color-error": "var(--mantine-color-red-9)",
    "--console-line": "var(--mantine-color-gray-3)",
    "--console-hover": "var(--mantine-color-gray-0)",
    "--console-new": "var(--mantine-color-indigo-0)",
  },
  dark: {
    "--mantine-color-dimmed": "var(--mantine-color-dark-1)",
    "--mantine-color-placeholder": "var(--mantine-color-dark-2)",
    "--mantine-color-error": "var(--mantine-color-red-4)",
    "--console-line": "var(--mantine-color-dark-4)",
    "--console-hover": "var(--mantine-color-dark-6)",
    "--console-new": "var(--mantine-color-dark-5)",
  },
});
