/** "Are you sure?" before an element does what it does. */

import { Markup } from "./mrkdwn";
import type { Confirm } from "./types";

interface Props {
  confirm: Confirm;
  onConfirm: () => void;
  onDeny: () => void;
}

export function ConfirmDialog({ confirm, onConfirm, onDeny }: Props) {
  return (
    <div className="veil">
      <div
        className="dialog small"
        role="alertdialog"
        aria-modal="true"
        aria-label={confirm.title.text}
      >
        <header>
          <h2>{confirm.title.text}</h2>
        </header>
        <div className="dialog-body">
          <Markup text={confirm.text.text} />
        </div>
        <footer>
          <button type="button" className="button" onClick={onDeny}>
            {confirm.deny.text}
          </button>
          <button
            type="button"
            className={confirm.style === "danger" ? "button danger" : "button primary"}
            onClick={onConfirm}
          >
            {confirm.confirm.text}
          </button>
        </footer>
      </div>
    </div>
  );
}
