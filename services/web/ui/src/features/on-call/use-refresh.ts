import { timestampMs, type Timestamp } from "@bufbuild/protobuf/wkt";
import { useTimeout } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useApi } from "../../api/api";
import { ON_CALL_KEY } from "./queries";

/** PagerDuty is read within seconds; after this long something is in the way. */
const PATIENCE_MS = 30_000;

/** Has PagerDuty read again, and tells of a copy whether a newer one is still awaited. */
export function useRefresh() {
  const api = useApi();
  const queryClient = useQueryClient();
  const [wanted, setWanted] = useState<{ newerThan: number; isLate: boolean }>();
  const { start } = useTimeout(() => {
    setWanted((before) => before && { ...before, isLate: true });
  }, PATIENCE_MS);
  const ask = useMutation({
    mutationFn: (newerThan: number) => api.onCall.refreshOnCall({}).then(() => newerThan),
    onSuccess: (newerThan) => {
      setWanted({ newerThan, isLate: false });
      start();
      void queryClient.invalidateQueries({ queryKey: ON_CALL_KEY });
    },
  });
  const isAwaited = (copiedAt: Timestamp | undefined) =>
    wanted !== undefined && toMs(copiedAt) <= wanted.newerThan;
  return {
    refresh: (copiedAt: Timestamp | undefined) => ask.mutate(toMs(copiedAt)),
    error: ask.error,
    isReading: (copiedAt: Timestamp | undefined) => ask.isPending || (isAwaited(copiedAt) && !wanted?.isLate),
    isLate: (copiedAt: Timestamp | undefined) => isAwaited(copiedAt) && wanted?.isLate === true,
  };
}

const toMs = (at: Timestamp | undefined) => (at ? timestampMs(at) : 0);
