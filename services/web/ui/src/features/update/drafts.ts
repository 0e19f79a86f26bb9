import { createContext, use } from "react";
import { newId } from "../../components/new-id";

/** What is typed of an update. It outlives the dialog, so that neither Escape nor a sign-in loses it. */
export interface UpdateDraft {
  resources: string;
  message: string;
  /** The same for every press of the button: the update is sent once, however often the server is asked. */
  requestId: string;
}

export const MAX_RESOURCES = 300;
export const MAX_MESSAGE = 2000;

export const newUpdateDraft = (): UpdateDraft => ({
  resources: "",
  message: "",
  requestId: newId(),
});

export interface UpdateDrafts {
  /** By the incident's id. */
  of: (incident: string) => UpdateDraft | undefined;
  /** Keeps a draft, or forgets it. */
  keep: (incident: string, draft: UpdateDraft | undefined) => void;
}

export const UpdateDraftsContext = createContext<UpdateDrafts | null>(null);

export function useUpdateDrafts(): UpdateDrafts {
  const drafts = use(UpdateDraftsContext);
  if (!drafts) throw new Error("useUpdateDrafts is used outside of UpdateDraftsProvider");
  return drafts;
}
