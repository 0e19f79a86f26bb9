-- Until when nothing may be asked of a vendor, so that all replicas obey a limit that one of them ran into, and keep a pace
-- together.

CREATE TABLE vendor_limits (
    vendor text PRIMARY KEY,
    until  timestamptz NOT NULL
);
