-- The RCA document of an incident, in Confluence.

CREATE TABLE rca_documents (
    incident_id uuid PRIMARY KEY REFERENCES incidents ON DELETE CASCADE,
    page_id     text        NOT NULL,
    title       text        NOT NULL,
    url         text        NOT NULL,
    -- The version of the page that was written last; a higher one is of people.
    version     bigint      NOT NULL,
    -- Which part of the page is kept true: 1 is the page itself, later ones stand below it.
    part        integer     NOT NULL DEFAULT 1,
    written_at  timestamptz NOT NULL
);

ALTER TABLE incidents ADD COLUMN rca_document_url text;

-- Whether documents can be written, as the workers of that queue said at their last start: nobody else knows their
-- environment. One row.
CREATE TABLE rca_destination (
    one       boolean PRIMARY KEY DEFAULT true CHECK (one),
    available boolean NOT NULL,
    automatic boolean NOT NULL
);
