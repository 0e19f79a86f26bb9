import { timestampMs, type Timestamp } from "@bufbuild/protobuf/wkt";
import { useTimeout } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useApi } from "../../api/api";
import type { ServiceChecks } from "../../gen/incident_bot/v1/checks_pb";
import { CHECKS_KEY } from "./queries";

/** Services answer within seconds, and after 40 s at the latest where a vendor does not. */
const PATIENCE_MS = 45_000;

/** Has all services check again, and tells which of them have not answered yet. */
export function useCheckAgain() {
  const api = useApi();
  const queryClient = useQueryClient();
  const [asked, setAsked] = useState<{ at: number; isLate: boolean }>();
  const { start, clear } = useTimeout(() => {
    setAsked((before) => before && { ...before, isLate: true });
  }, PATIENCE_MS);
  const request = useMutation({
    mutationFn: () => api.checks.requestChecks({}),
    onSuccess: ({ requestedAt }) => {
      setAsked({ at: toMs(requestedAt), isLate: false });
      clear();
      start();
      void queryClient.invalidateQueries({ queryKey: CHECKS_KEY });
    },
  });
  // The console that answers has no id: it has just checked. One that is overdue may never answer.
  const isAwaited = ({ process, overdue, checkedAt }: ServiceChecks) =>
    asked !== undefined && process !== "" && !overdue && toMs(checkedAt) < asked.at;
  return {
    checkAgain: () => request.mutate(),
    error: request.error,
    /** Whether some answers are expected soon. */
    isChecking: (services: ServiceChecks[]) =>
      request.isPending || (asked?.isLate === false && services.some(isAwaited)),
    /** Those that should have answered by now. */
    late: (services: ServiceChecks[]) => (asked?.isLate ? services.filter(isAwaited) : []),
  };
}

const toMs = (at: Timestamp | undefined) => (at ? timestampMs(at) : 0);
