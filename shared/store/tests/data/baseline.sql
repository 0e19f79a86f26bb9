-- Data of the first release: at least a row in every table of the baseline. Never edited, like the baseline itself.

INSERT INTO jobs (id, queue, kind, priority, payload, lane, once_key, state, run_at, created_at, horizon, expires_at, attempt,
                  failures, last_error, finished_at)
VALUES ('00000000-0000-7000-8000-000000000001', 'slack', 'post_notices', 1,
        '{"incident": "00000000-0000-7000-8000-000000000010"}', 'incident/10/notices', NULL, 'waiting',
        '2026-12-01 10:00Z', '2026-12-01 10:00Z', '1 day', '2026-12-02 10:00Z', 2, 2, 'Slack answered 503', NULL),
       ('00000000-0000-7000-8000-000000000002', 'pagerduty', 'page', 1,
        '{"page": "00000000-0000-7000-8000-000000000020"}', NULL, 'page/20', 'discarded',
        '2026-12-01 10:00Z', '2026-12-01 10:00Z', '30 minutes', '2026-12-01 10:30Z', 9, 9, 'PagerDuty answered 500',
        '2026-12-01 10:30Z');
INSERT INTO job_keys (key) VALUES ('page/20');
INSERT INTO job_ticks (name, queue, every, last_tick) VALUES ('copy_directory', 'slack', '30 minutes', '2026-12-01 10:00Z');
INSERT INTO job_workers (identity, lock_key) VALUES ('00000000-0000-7000-8000-000000000003', 3);

INSERT INTO idempotency_keys (key, result)
VALUES ('view/V1', '{"incident": "00000000-0000-7000-8000-000000000010"}');
INSERT INTO effects (key, state, attempts, result) VALUES ('10/panel', 'done', 1, '{"channel": "C1", "ts": "1.1"}');
INSERT INTO effects (key, state, attempts) VALUES ('10/channel', 'started', 2);
INSERT INTO settings (key, value) VALUES ('nudge_after_minutes', '7');

INSERT INTO incidents (id, title, description, severity, status, private, declared_by, declared_by_slack_user, declared_at,
                       updated_at, resolved_at, revision, last_update_at, last_update, channel_name, channel_id, archived_at,
                       rca_channel_id, rca_channel_name, rca_document_url)
VALUES ('00000000-0000-7000-8000-000000000010', 'Checkout fails', 'Cards are declined', 'sev1', 'identified', false,
        '{"kind": "slack", "user_id": "U1", "name": "alice"}', 'U1', '2026-12-01 10:00Z', '2026-12-01 10:20Z', NULL, 4,
        '2026-12-01 10:20Z', 'A deploy is rolled back', 'inc-checkout-fails', 'C1', NULL, NULL, NULL, NULL),
       ('00000000-0000-7000-8000-000000000011', 'Leaked token', 'A token is public', 'sev2', 'resolved', true,
        '{"kind": "slack", "user_id": "U2", "name": "bob"}', 'U2', '2026-11-30 10:00Z', '2026-11-30 12:00Z',
        '2026-11-30 12:00Z', 7, NULL, NULL, 'inc-leaked-token', 'C2', '2026-11-30 13:00Z', 'C3', 'rca-leaked-token',
        'https://wiki.example.com/1');
INSERT INTO declared_from (channel, ts, incident_id) VALUES ('C9', '1.0', '00000000-0000-7000-8000-000000000010');
INSERT INTO status_changes (incident_id, revision, status, at)
VALUES ('00000000-0000-7000-8000-000000000010', 1, 'investigating', '2026-12-01 10:00Z'),
       ('00000000-0000-7000-8000-000000000010', 3, 'identified', '2026-12-01 10:10Z');
INSERT INTO role_holders (incident_id, role, slack_user_id, since)
VALUES ('00000000-0000-7000-8000-000000000010', 'commander', 'U1', '2026-12-01 10:05Z');

INSERT INTO incident_members (incident_id, slack_user_id, in_channel)
VALUES ('00000000-0000-7000-8000-000000000011', 'U1', true);
INSERT INTO incident_member_moves (incident_id, slack_user_id, at)
VALUES ('00000000-0000-7000-8000-000000000011', 'U1', '2026-11-30 10:30Z');
INSERT INTO access_requests (id, incident_id, slack_user_id, name, asked_at, decided_at, decided_by, granted)
VALUES ('00000000-0000-7000-8000-000000000012', '00000000-0000-7000-8000-000000000011', 'U1', 'alice', '2026-11-30 10:20Z',
        '2026-11-30 10:25Z', '{"kind": "slack", "user_id": "U2", "name": "bob"}', true);

INSERT INTO notices (id, incident_id, posted_at)
VALUES ('00000000-0000-7000-8000-000000000013', '00000000-0000-7000-8000-000000000010', '2026-12-01 10:10Z');
INSERT INTO timeline_entries (id, incident_id, at, actor, kind, event, version, to_post, notice_id)
VALUES ('00000000-0000-7000-8000-000000000014', '00000000-0000-7000-8000-000000000010', '2026-12-01 10:00Z',
        '{"kind": "slack", "user_id": "U1", "name": "alice"}', 'declared', '{"kind": "declared", "severity": "sev1"}', 1,
        false, NULL),
       ('00000000-0000-7000-8000-000000000015', '00000000-0000-7000-8000-000000000010', '2026-12-01 10:10Z',
        '{"kind": "slack", "user_id": "U1", "name": "alice"}', 'status_changed',
        '{"kind": "status_changed", "from": "investigating", "to": "identified"}', 1, true,
        '00000000-0000-7000-8000-000000000013'),
       ('00000000-0000-7000-8000-000000000016', '00000000-0000-7000-8000-000000000010', '2026-12-01 10:15Z',
        '{"kind": "system"}', 'noted', '{"kind": "noted", "text": "A deploy began at 9:58"}', 2, false, NULL);
INSERT INTO timeline_versions (entry_id, version, at, event, replaced_at, replaced_by)
VALUES ('00000000-0000-7000-8000-000000000016', 1, '2026-12-01 10:15Z', '{"kind": "noted", "text": "A deploy began"}',
        '2026-12-01 10:16Z', '{"kind": "slack", "user_id": "U1", "name": "alice"}');
INSERT INTO pins (channel_id, ts, incident_id, author, author_name, text, pinned_by, pinned_at)
VALUES ('C1', '1.5', '00000000-0000-7000-8000-000000000010', 'U2', 'bob', 'Error rate is 40 %',
        '{"kind": "slack", "user_id": "U1", "name": "alice"}', '2026-12-01 10:12Z');
INSERT INTO pin_images (channel_id, ts, file_id, incident_id, name, media_type, bytes, kept_at)
VALUES ('C1', '1.5', 'F1', '00000000-0000-7000-8000-000000000010', 'graph.png', 'image/png', '\x89504e47',
        '2026-12-01 10:12Z');

INSERT INTO posted_messages (kind, subject, incident_id, channel_id, ts, key)
VALUES ('panel', '00000000-0000-7000-8000-000000000010', '00000000-0000-7000-8000-000000000010', 'C1', '1.1',
        '00000000-0000-7000-8000-000000000010/panel');
INSERT INTO prompts (id, incident_id, kind, asked_at, channel, ts, outcome)
VALUES ('00000000-0000-7000-8000-000000000017', '00000000-0000-7000-8000-000000000010', 'update', '2026-12-01 10:18Z', 'C1',
        '1.6', '{"kind": "update_sent", "by": "alice"}'),
       ('00000000-0000-7000-8000-000000000018', '00000000-0000-7000-8000-000000000010', 'update', '2026-12-01 10:50Z', 'C1',
        '1.7', NULL);
INSERT INTO missing_in_slack (incident_id, what) VALUES ('00000000-0000-7000-8000-000000000010', 'digest');
INSERT INTO app_home_views (slack_user_id, opened_at, rendered_at) VALUES ('U1', '2026-12-01 10:21Z', '2026-12-01 10:21Z');
INSERT INTO stale_posts (id, at, incidents, posted_at)
VALUES ('00000000-0000-7000-8000-000000000019', '2026-12-01 09:00Z', '{}', '2026-12-01 09:00Z');
INSERT INTO digest_chatter (channel_id, messages, since) VALUES ('C8', 3, '2026-12-01 09:50Z');
INSERT INTO chat_exports (id, incident_id, channel_id, requested_by, requested_at)
VALUES ('00000000-0000-7000-8000-00000000001a', '00000000-0000-7000-8000-000000000010', 'C1', '{"kind": "system"}',
        '2026-12-01 10:22Z');
INSERT INTO chat_export_messages (export_id, ts, thread_ts, author, text, files)
VALUES ('00000000-0000-7000-8000-00000000001a', '1.5', '1.5', 'U2', 'Error rate is 40 %', '{graph.png}');
INSERT INTO chat_export_threads (export_id, ts) VALUES ('00000000-0000-7000-8000-00000000001a', '1.5');

INSERT INTO slack_copies (what) VALUES ('users');
INSERT INTO slack_users (id, name, email, fetched_at)
VALUES ('U1', 'alice', 'alice@example.com', '2026-12-01 09:00Z'), ('U2', 'bob', NULL, NULL);
INSERT INTO slack_channels (id, name, private, archived, member) VALUES ('C1', 'inc-checkout-fails', false, false, true);
INSERT INTO slack_groups (id, handle, name) VALUES ('S1', 'payments', 'Payments');
INSERT INTO slack_group_members (group_id, slack_user_id) VALUES ('S1', 'U2');

INSERT INTO vendor_rate_limits (vendor, until) VALUES ('pagerduty', '2026-12-01 10:01Z');
INSERT INTO slack_rate_limits (method, channel, until) VALUES ('chat.postMessage', 'C1', '2026-12-01 10:01Z');
INSERT INTO slack_rate_limit_windows (method, channel, sent) VALUES ('chat.postMessage', 'C1', '{2026-12-01 10:00Z}');

UPDATE on_call_state SET enabled = true, shown = '00000000-0000-7000-8000-00000000001b', copied_at = '2026-12-01 09:30Z';
INSERT INTO on_call_users (copy, id, name) VALUES ('00000000-0000-7000-8000-00000000001b', 'P1', 'Bob');
INSERT INTO on_call_services (copy, id, name, status, policy_id)
VALUES ('00000000-0000-7000-8000-00000000001b', 'P2', 'Checkout', 'active', 'P4');
INSERT INTO on_call_schedules (copy, id, name) VALUES ('00000000-0000-7000-8000-00000000001b', 'P3', 'Payments');
INSERT INTO on_call_policies (copy, id, name, delays) VALUES ('00000000-0000-7000-8000-00000000001b', 'P4', 'Payments', '{5}');
INSERT INTO on_call_shifts (copy, policy_id, level, user_id, user_name)
VALUES ('00000000-0000-7000-8000-00000000001b', 'P4', 1, 'P1', 'Bob');
INSERT INTO pages (id, incident_id, severity, policy_id, team, urgency, message, paged_by, paged_at, state, pagerduty_id,
                   triggered_at, acknowledged_at, acknowledged_by, called)
VALUES ('00000000-0000-7000-8000-000000000020', '00000000-0000-7000-8000-000000000010', 'sev1', 'P4', 'Payments', 'high',
        'Checkout fails', '{"kind": "system"}', '2026-12-01 10:00Z', 'acknowledged', 'Q1', '2026-12-01 10:00Z',
        '2026-12-01 10:02Z', 'Bob', '{Bob}');
INSERT INTO page_people (page_id, slack_user_id) VALUES ('00000000-0000-7000-8000-000000000020', 'U2');

INSERT INTO rca_documents (incident_id, page_id, title, url, version, written_at)
VALUES ('00000000-0000-7000-8000-000000000011', '1', 'Leaked token', 'https://wiki.example.com/1', 3, '2026-11-30 12:01Z');
INSERT INTO rca_destination (available, automatic) VALUES (true, true);

INSERT INTO statuspage_page (page_id, url, enabled, polled_at)
VALUES ('SP1', 'https://status.example.com', true, '2026-12-01 10:00Z');
INSERT INTO statuspage_components (id, name, status, group_position, position) VALUES ('K1', 'Checkout', 'operational', 1, 1);
INSERT INTO statuspage_incidents (id, snapshot)
VALUES ('SI1', '{"id": "SI1", "name": "Checkout", "status": "investigating", "impact": "major", "updated_at": "2026-12-01T10:00:00Z"}');
INSERT INTO statuspage_published (id, incident_id, name, impact, status, statuspage_id, changed_at)
VALUES ('00000000-0000-7000-8000-000000000021', '00000000-0000-7000-8000-000000000010', 'Checkout', 'major', 'investigating',
        'SI1', '2026-12-01 10:03Z');
INSERT INTO statuspage_affected_components (published_id, component_id, status, ours)
VALUES ('00000000-0000-7000-8000-000000000021', 'K1', 'major_outage', true);
INSERT INTO statuspage_updates (id, published_id, status, body, components, notify, actor, at, update_id)
VALUES ('00000000-0000-7000-8000-000000000022', '00000000-0000-7000-8000-000000000021', 'investigating', 'Cards are declined',
        '{}', true, '{"kind": "slack", "user_id": "U1", "name": "alice"}', '2026-12-01 10:03Z', 'SU1');
INSERT INTO statuspage_drafts (id, view_id, slack_user_id, draft, at)
VALUES ('00000000-0000-7000-8000-000000000023', 'V2', 'U1', '{}', '2026-12-01 10:02Z');

INSERT INTO upstream_providers (provider, polled_at, fetched_at) VALUES ('github', '2026-12-01 10:00Z', '2026-12-01 10:00Z');
INSERT INTO upstream_feeds (url, etag) VALUES ('https://www.githubstatus.com/history.atom', '"1"');
INSERT INTO upstream_outages (provider, outage_id, feed, title, state, impact, started_at, updated_at, first_seen_at)
VALUES ('github', 'G1', 'https://www.githubstatus.com/history.atom', 'Actions is slow', 'investigating', 'minor',
        '2026-12-01 09:40Z', '2026-12-01 09:45Z', '2026-12-01 09:45Z');
INSERT INTO upstream_reloads (incident_id, reloaded_at) VALUES ('00000000-0000-7000-8000-000000000010', '2026-12-01 10:04Z');

INSERT INTO gateway_sockets (replica, sockets, heartbeat_at)
VALUES ('00000000-0000-7000-8000-000000000024', 2, '2026-12-01 10:00Z');
INSERT INTO service_checks (process, service, instance, queues, checks, checked_at, next_at)
VALUES ('00000000-0000-7000-8000-000000000024', 'gateway', 'gateway-1', '{}', '[]', '2026-12-01 10:00Z', '2026-12-01 10:15Z');

INSERT INTO console_users (id, email, email_verified_at, name, password_hash, role, slack_user_id, created_at)
VALUES ('00000000-0000-7000-8000-000000000025', 'alice@example.com', '2026-11-01 10:00Z', 'Alice', '$argon2id$…', 'admin', 'U1',
        '2026-11-01 09:00Z');
INSERT INTO console_sessions (token_hash, user_id, started_at, last_used_at, address, user_agent)
VALUES ('\x01', '00000000-0000-7000-8000-000000000025', '2026-12-01 09:00Z', '2026-12-01 10:00Z', '192.0.2.1', 'Firefox');
INSERT INTO console_devices (token_hash, user_id, created_at, last_used_at)
VALUES ('\x02', '00000000-0000-7000-8000-000000000025', '2026-11-01 09:00Z', '2026-12-01 09:00Z');
INSERT INTO sign_in_attempts (id, email_hash, address, at)
VALUES ('00000000-0000-7000-8000-000000000026', '\x03', '192.0.2.1', '2026-12-01 09:00Z');
INSERT INTO slack_links (id, user_id, email, slack_user_id, asked_at, expires_at, answered_at, confirmed)
VALUES ('00000000-0000-7000-8000-000000000027', '00000000-0000-7000-8000-000000000025', 'alice@example.com', 'U1',
        '2026-11-01 10:00Z', '2026-11-02 10:00Z', '2026-11-01 10:01Z', true);
INSERT INTO audit_log (id, at, user_id, who, action, target, details, address)
VALUES ('00000000-0000-7000-8000-000000000028', '2026-12-01 09:00Z', '00000000-0000-7000-8000-000000000025',
        'alice@example.com', 'sign_in', '', '{}', '192.0.2.1');

INSERT INTO legacy_incidents (channel_id, incident_id, name, fingerprint)
VALUES ('C2', '00000000-0000-7000-8000-000000000011', 'leaked-token', 'abc');
INSERT INTO legacy_records (source, key, incident_id, record, text, reason)
VALUES ('incidents', 'leaked-token', '00000000-0000-7000-8000-000000000011', '{"name": "leaked-token"}', 'leaked-token',
        'the row of the incident');
