-- What was done on a lot beside bidding is found without reading all its bids.
-- depends: 0010_lots_over

-- migrate: apply
CREATE INDEX journal_conduct ON journal (lot_id, entry) WHERE kind <> 'place_bid';

-- migrate: rollback
DROP INDEX journal_conduct;
