import { QueryObserver } from "@tanstack/react-query";
import { waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { askAgain } from "./ask-again";
import { createQueryClient } from "./query-client";

test("what changes while something is loaded for the first time is read afterwards", async () => {
  const queryClient = createQueryClient();
  const answers: ((text: string) => void)[] = [];
  const observer = new QueryObserver(queryClient, {
    queryKey: ["incidents", "detail", "a"],
    queryFn: () => new Promise<string>((resolve) => answers.push(resolve)),
  });
  const stop = observer.subscribe(() => undefined);
  askAgain(queryClient, ["incidents"]);
  expect(answers).toHaveLength(1);
  answers[0]?.("before the change");
  await waitFor(() => expect(answers).toHaveLength(2));
  answers[1]?.("after the change");
  await waitFor(() => expect(observer.getCurrentResult().data).toBe("after the change"));
  stop();
});
