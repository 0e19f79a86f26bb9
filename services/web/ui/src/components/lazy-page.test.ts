import { beforeEach, expect, test, vi } from "vitest";
import { loadPatiently } from "./lazy-page";

const gone = () => Promise.reject(new TypeError("Failed to fetch dynamically imported module"));

beforeEach(() => sessionStorage.clear());

test("waits while the server is away, and never reloads then", async () => {
  const reload = vi.fn();
  let attempts = 0;
  const load = () => ((attempts += 1) < 5 ? gone() : Promise.resolve("page"));
  const options = { isServerThere: () => Promise.resolve(false), reload, minWaitMs: 1 };
  expect(await loadPatiently(load, options)).toBe("page");
  expect(reload).not.toHaveBeenCalled();
});

test("tries once more when the server is there again", async () => {
  const reload = vi.fn();
  let attempts = 0;
  const load = () => ((attempts += 1) < 2 ? gone() : Promise.resolve("page"));
  const options = { isServerThere: () => Promise.resolve(true), reload, minWaitMs: 1 };
  expect(await loadPatiently(load, options)).toBe("page");
  expect(reload).not.toHaveBeenCalled();
});

test("loads the console anew, once, when the server has another release", async () => {
  const reload = vi.fn();
  const options = { isServerThere: () => Promise.resolve(true), reload, minWaitMs: 1 };
  void loadPatiently(gone, options);
  await vi.waitFor(() => expect(reload).toHaveBeenCalledTimes(1));
  await expect(loadPatiently(gone, options)).rejects.toThrow("Failed to fetch");
  expect(reload).toHaveBeenCalledTimes(1);
});
