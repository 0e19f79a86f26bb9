import { render } from "@testing-library/react";
import { expect, test } from "vitest";
import { StorageView } from "./storage-view";

const drawn = (body: string) => render(<StorageView body={body} />).container.innerHTML;

test("tables, panels and images are drawn near enough", () => {
  const html = drawn(
    '<ac:structured-macro ac:name="anchor"><ac:parameter ac:name="">incident-bot-1</ac:parameter></ac:structured-macro>' +
      '<ac:structured-macro ac:name="info"><ac:rich-text-body><p>Note &amp; more</p></ac:rich-text-body></ac:structured-macro>' +
      "<table><tbody><tr><td><p>12:00</p></td></tr></tbody></table>" +
      '<ac:image><ri:attachment ri:filename="graph.png"/></ac:image><p>after</p>',
  );
  expect(html).not.toContain("incident-bot-1");
  expect(html).toContain("<p>Note &amp; more</p>");
  expect(html).toContain("<td><p>12:00</p></td>");
  expect(html).toContain("[graph.png]");
  expect(html).toContain("<p>after</p>");
});

test("nothing that runs or loads gets into the page", () => {
  const html = drawn(
    '<script>alert(1)</script><img src="https://evil.example/x" onerror="alert(1)"/><p onclick="alert(1)" style="x">one</p>' +
      '<a href="javascript:alert(1)">two</a><iframe src="https://evil.example"></iframe><svg onload="alert(1)"><p>three</p></svg>',
  );
  expect(html).not.toMatch(/script|img|iframe|svg|href|src|on\w+=|alert|evil|style/);
  for (const word of ["one", "two", "three"]) expect(html).toContain(word);
});
