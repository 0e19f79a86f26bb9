import { AppLink } from "../components/app-link";
import { EmptyState } from "../components/empty-state";

export function NotFoundPage() {
  return (
    <EmptyState title="There is no such page" wholePage>
      <AppLink to="/">To the dashboard</AppLink>
    </EmptyState>
  );
}
