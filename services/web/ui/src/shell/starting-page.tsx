import { Center, Loader } from "@mantine/core";

/** While it is not known yet who is there. */
export function StartingPage() {
  return (
    <Center mih="60dvh" role="status" aria-label="Loading">
      <Loader type="dots" color="gray" />
    </Center>
  );
}
