-- Which change of a setting somebody has seen, and whose it was. It outlives the setting's row: a setting that is back at its
-- default has none.
CREATE TABLE setting_revisions (
    key        text PRIMARY KEY,
    -- Grows with every change.
    revision   bigint      NOT NULL,
    changed_at timestamptz NOT NULL,
    -- Name of the admin; NULL where it was not changed in the console.
    changed_by text
);

INSERT INTO setting_revisions (key, revision, changed_at) SELECT key, 1, updated_at FROM settings;

-- Whoever changes a setting by hand may have another search path.
CREATE FUNCTION count_setting_revision() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO setting_revisions AS known (key, revision, changed_at)
        VALUES (coalesce(NEW.key, OLD.key), 1, now())
        ON CONFLICT (key) DO UPDATE SET revision = known.revision + 1, changed_at = now(), changed_by = NULL;
    RETURN NULL;
END
$$;

CREATE TRIGGER settings_count_revision AFTER INSERT OR UPDATE OR DELETE ON settings
    FOR EACH ROW EXECUTE FUNCTION count_setting_revision();
