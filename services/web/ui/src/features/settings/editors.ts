import type { ComponentType } from "react";
import { Providers } from "./providers";
import { RcaTemplate } from "./rca-template";
import type { SettingInputProps } from "./setting-value";

/** Settings that need more than a field: an editor by the name that the server gives. */
export const EDITORS: Partial<Record<string, ComponentType<SettingInputProps>>> = {
  providers: Providers,
  rca_template: RcaTemplate,
};
