/** A square with an initial, in a colour of its own. */

const colours = ["#2d7d9a", "#8a5a2b", "#4a7c3a", "#7a4a8c", "#a3454a", "#3f5f9c", "#6b6b2f"];

export function Avatar({
  name,
  bot = false,
  small = false,
}: {
  name: string;
  bot?: boolean;
  small?: boolean;
}) {
  const sum = Array.from(name).reduce((total, letter) => total + (letter.codePointAt(0) ?? 0), 0);
  return (
    <span
      className={small ? "avatar small" : "avatar"}
      style={{ background: bot ? "#4b2a52" : colours[sum % colours.length] }}
      aria-hidden="true"
    >
      {bot ? "⚡" : (name[0] ?? "?").toUpperCase()}
    </span>
  );
}
