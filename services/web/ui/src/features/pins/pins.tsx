import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { IconPhoto } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useApi } from "../../api/api";
import { ErrorState } from "../../components/error-state";
import { RichText } from "../../components/rich-text";
import { exactTime } from "../../components/time";
import { useTimeZone } from "../../components/use-time-zone";
import type { Pin, PinImage } from "../../gen/incident_bot/v1/pins_pb";
import { pinsQuery } from "../incidents/queries";
import classes from "./pins.module.css";

/** More are shown when somebody wants to see them. */
const SHOWN = 5;

/** The messages that people pinned to an incident. Nothing is shown where there are none. */
export function Pins({ id }: { id: string }) {
  const query = useQuery(pinsQuery(useApi(), id));
  const [all, showAll] = useState(false);
  const pins = query.data?.pins ?? [];
  if (query.isError) {
    return (
      <ErrorState
        what="The pinned messages could not be loaded"
        error={query.error}
        onRetry={() => void query.refetch()}
      />
    );
  }
  if (pins.length === 0) return null;
  return (
    <section aria-labelledby="pins">
      <Title order={2} size="h5" mb="xs" id="pins">
        Pinned messages
      </Title>
      <ul className={classes.pins} aria-labelledby="pins">
        {(all ? pins : pins.slice(0, SHOWN)).map((pin) => (
          <Paper key={pin.id} component="li" withBorder p="sm">
            <Message pin={pin} />
          </Paper>
        ))}
      </ul>
      {!all && pins.length > SHOWN && (
        <Button mt="sm" size="compact-md" variant="default" onClick={() => showAll(true)}>
          Show all {pins.length}
        </Button>
      )}
    </section>
  );
}

function Message({ pin }: { pin: Pin }) {
  const timeZone = useTimeZone();
  return (
    <Stack gap={6}>
      <Group gap="xs" justify="space-between" wrap="nowrap" align="baseline">
        <Text size="sm" fw={600} truncate>
          <bdi>{pin.author}</bdi>
        </Text>
        {pin.writtenAt && (
          <Text
            component="time"
            size="xs"
            c="dimmed"
            ta="end"
            dateTime={new Date(timestampMs(pin.writtenAt)).toISOString()}
          >
            {exactTime(timestampMs(pin.writtenAt), timeZone)}
          </Text>
        )}
      </Group>
      {pin.text && (
        <Text size="sm" dir="auto" className={classes.text}>
          <RichText text={pin.text} />
        </Text>
      )}
      {pin.images.length > 0 && (
        <ul className={classes.images} aria-label={`Images of ${pin.author}`}>
          {pin.images.map((image) => (
            <li key={image.path}>
              <Image image={image} author={pin.author} />
            </li>
          ))}
        </ul>
      )}
      {pin.pinnedBy && (
        <Text size="xs" c="dimmed">
          Pinned by <bdi>{pin.pinnedBy}</bdi>
        </Text>
      )}
    </Stack>
  );
}

/** Fetched when it comes into view; leads to the whole of it. */
function Image({ image, author }: { image: PinImage; author: string }) {
  const [isBroken, setBroken] = useState(false);
  const path = ownPath(image.path);
  if (!path) return null;
  return (
    <a
      href={path}
      target="_blank"
      rel="noreferrer"
      className={classes.image}
      aria-label={`Image “${image.name}” of ${author}, opens in a new tab`}
    >
      {isBroken ? (
        <span className={classes.broken}>
          <IconPhoto size={22} aria-hidden />
          <span>{image.name} could not be loaded</span>
        </span>
      ) : (
        <img
          src={path}
          alt={`“${image.name}” of ${author}`}
          loading="lazy"
          decoding="async"
          onError={() => setBroken(true)}
        />
      )}
    </a>
  );
}

/** Only what our own server has as an image of a pin. */
function ownPath(path: string): string | undefined {
  return /^\/api\/v1\/incidents\/[\w-]+\/pins\/[\w./?=-]+$/.test(path) && !path.includes("..")
    ? path
    : undefined;
}
