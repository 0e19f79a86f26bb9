/** Confluence: the pages that it holds, and editing them as a person does. */

import { useState } from "react";
import { send, useAnswer } from "./api";
import { useWorld } from "./context";
import type { Confluence, ConfluencePage } from "./types";

export function ConfluencePart({ version }: { version: number }) {
  const { attempt } = useWorld();
  const confluence = useAnswer<Confluence>("confluence", version);
  if (confluence === null) {
    return null;
  }
  const pages = [...confluence.pages].reverse();
  return (
    <>
      <h2>Confluence</h2>
      <label className="line">
        <input
          type="checkbox"
          checked={confluence.may_write}
          onChange={(event) =>
            void attempt(send("PUT", "confluence/writing", { may_write: event.target.checked }))
          }
        />{" "}
        The account may write
      </label>
      {pages.length === 0 && <p className="line">No documents yet.</p>}
      <ul className="faults">
        {pages.map((page) => (
          <PageRow key={page.id} page={page} site={confluence.site} />
        ))}
      </ul>
    </>
  );
}

function PageRow({ page, site }: { page: ConfluencePage; site: string }) {
  const files = page.attachments.map((file) => `${file.name} (${file.size} bytes)`);
  return (
    <li>
      <details className="document">
        <summary>
          {page.title} <small>version {page.version}</small>
        </summary>
        <small>
          {page.message === "" ? "Changed by a person" : page.message} ·{" "}
          <a
            href={`${site}/wiki/spaces/${page.space}/pages/${page.id}`}
            target="_blank"
            rel="noreferrer"
          >
            as a page
          </a>
        </small>
        {files.length > 0 && <p className="line">Attached: {files.join(", ")}</p>}
        <Source page={page} />
      </details>
    </li>
  );
}

/** The body as it is kept. What is typed stays while somebody else changes the page. */
function Source({ page }: { page: ConfluencePage }) {
  const { attempt } = useWorld();
  const [typed, setTyped] = useState<string | null>(null);
  const save = async () => {
    await send("PUT", `confluence/pages/${page.id}`, { body: typed ?? page.body });
    setTyped(null);
  };
  return (
    <div className="fault-form">
      <textarea
        aria-label={`Body of ${page.title}`}
        rows={10}
        spellCheck={false}
        value={typed ?? page.body}
        onChange={(event) => setTyped(event.target.value)}
      />
      <button
        type="button"
        className="button"
        disabled={typed === null}
        onClick={() => void attempt(save())}
      >
        Edit it as a person
      </button>
      <button
        type="button"
        className="button danger"
        onClick={() => void attempt(send("DELETE", `confluence/pages/${page.id}`))}
      >
        Remove
      </button>
    </div>
  );
}
