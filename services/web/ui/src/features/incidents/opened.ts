import { useQuery, type QueryClient } from "@tanstack/react-query";

const openedKey = (id: string) => ["opened", id] as const;

/** Remembers that an admin has opened this private incident, while they look at it and not for long afterwards. */
export function useOpened(id: string): void {
  useQuery({
    queryKey: openedKey(id),
    queryFn: () => false,
    initialData: false,
    staleTime: "static",
    gcTime: 60_000,
  });
}

export const isOpened = (queryClient: QueryClient, id: string) =>
  queryClient.getQueryData<boolean>(openedKey(id)) ?? false;

export function setOpened(queryClient: QueryClient, id: string, opened: boolean): void {
  queryClient.setQueryData(openedKey(id), opened);
}
