import { Alert, Anchor, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { Age } from "../../components/age";
import rows from "../../components/rows.module.css";
import type { ProviderFeed } from "../../gen/incident_bot/v1/jobs_pb";

interface ProviderFeedsProps {
  feeds: ProviderFeed[];
  /** Id of the heading. */
  labelledBy: string;
}

/** Whether the status of each provider can be read; what is broken comes first. */
export function ProviderFeeds({ feeds, labelledBy }: ProviderFeedsProps) {
  const broken = feeds.filter(({ failingSince }) => failingSince);
  const read = feeds.filter(({ failingSince }) => !failingSince);
  return (
    <Stack gap="sm">
      {broken.map(({ name, url, error, failingSince, fetchedAt }) => (
        <Alert
          key={url}
          color="red"
          variant="light"
          icon={<IconAlertTriangle aria-hidden />}
          title={`The status of ${name} cannot be read`}
        >
          <Text size="sm" className={rows.reason}>
            {error}
          </Text>
          <Text size="xs">
            {failingSince && (
              <>
                Since <Age at={failingSince} />
              </>
            )}
            {fetchedAt ? (
              <>
                , last read <Age at={fetchedAt} />
              </>
            ) : (
              ", never read yet"
            )}
            . This is retried automatically; incidents don’t wait for it. <Page name={name} url={url} />
          </Text>
        </Alert>
      ))}
      {read.length > 0 && (
        <ul className={rows.list} aria-labelledby={labelledBy}>
          {read.map(({ name, url, fetchedAt }) => (
            <li key={url} className={rows.row}>
              <Text size="sm" className={rows.words}>
                {name} <Page name={name} url={url} />
              </Text>
              <Text size="xs" c="dimmed">
                {fetchedAt ? (
                  <>
                    read <Age at={fetchedAt} />
                  </>
                ) : (
                  "not checked yet"
                )}
              </Text>
            </li>
          ))}
        </ul>
      )}
    </Stack>
  );
}

/** Only addresses of the web. */
function Page({ name, url }: { name: string; url: string }) {
  if (!/^https?:\/\//i.test(url)) return null;
  return (
    <Anchor href={url} target="_blank" rel="noreferrer" size="xs" aria-label={`Status page of ${name}`}>
      Status page
    </Anchor>
  );
}
