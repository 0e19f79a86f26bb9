import { AppLink } from "../components/app-link";
import { EmptyState } from "../components/empty-state";

export function NotFoundPage() {
  return (
    <EmptyState title="Page not found" wholePage>
      <AppLink to="/">Go to the dashboard</AppLink>
    </EmptyState>
  );
}
