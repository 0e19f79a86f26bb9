import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useApi, type Api } from "../../api/api";
import { isUnreachable } from "../../api/errors";
import { applyChange } from "../live/apply-change";
import { detailKey, type Incident } from "./queries";
import { newId } from "../../components/new-id";

type Call<Wish> = (api: Api, wish: Wish, requestId: string) => Promise<{ incident?: Incident }>;

/** Changes an incident; what the server answers is shown at once, without waiting for the stream. */
export function useChange<Wish>(incident: Incident, call: Call<Wish>, onDone?: () => void) {
  const api = useApi();
  const queryClient = useQueryClient();
  const [wishes] = useState(() => new Wishes());
  return useMutation({
    // A wish about an incident that has changed meanwhile is another one.
    mutationFn: (wish: Wish) =>
      call(api, wish, wishes.requestId(`${JSON.stringify(wish, plain)}@${incident.revision.toString()}`)),
    onSuccess: (answer) => {
      wishes.forget();
      if (answer.incident) applyChange(queryClient, answer.incident);
      // The answer has no timeline.
      void queryClient.invalidateQueries({ queryKey: detailKey(incident.id) });
      onDone?.();
    },
    onError: (error) => {
      if (!isUnreachable(error)) wishes.forget();
    },
  });
}

/** Times of the API have bigints in them, which JSON refuses. */
const plain = (_key: string, value: unknown) => (typeof value === "bigint" ? value.toString() : value);

/** Gives the same wish the same id until it is known what became of it: the server fulfils it once. */
class Wishes {
  private last: { wish: string; requestId: string } | undefined;

  requestId(wish: string): string {
    if (this.last?.wish !== wish) this.last = { wish, requestId: newId() };
    return this.last.requestId;
  }

  forget(): void {
    this.last = undefined;
  }
}
