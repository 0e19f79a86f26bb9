import { setNonce } from "get-nonce";

/** The nonce with which the Content-Security-Policy of this page allows styles that components write into it. */
export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>("meta[property=csp-nonce]")?.nonce ?? "";
}

// What locks the page's scrolling below a dialog asks here.
setNonce(styleNonce());
