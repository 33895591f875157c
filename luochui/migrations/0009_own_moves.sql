-- A bidder's own decisions on a lot are found by the index that keeps command ids unique: ids begin with the account.
-- depends: 0008_deposit_pages

-- migrate: apply
ALTER TABLE journal ALTER COLUMN command_id TYPE text COLLATE "C";

-- migrate: rollback
ALTER TABLE journal ALTER COLUMN command_id TYPE text COLLATE "default";
