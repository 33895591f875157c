-- name: publish_notice
-- Publish a notice once; a second time changes nothing.
INSERT INTO notice (lot_id, seller_id, notice, published_us) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING;

-- name: notices
-- All published notices.
SELECT lot_id, notice FROM notice ORDER BY published_us, lot_id;

-- name: notice
-- One published notice.
SELECT notice FROM notice WHERE lot_id = $1;

-- name: lots_of_seller
-- The lots that a seller entrusted.
SELECT lot_id FROM notice WHERE seller_id = $1 ORDER BY published_us, lot_id;

-- name: application
-- A bidder's application for a lot.
SELECT number, applied_us FROM application WHERE lot_id = $1 AND bidder_id = $2;

-- name: apply
-- Take in an application; no row when the number or the application is already there.
INSERT INTO application (lot_id, bidder_id, number, applied_us) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING
RETURNING number;

-- name: numbers
-- Number by bidder of one lot: for the engine's staff views only.
SELECT bidder_id, number FROM application WHERE lot_id = $1 ORDER BY number;
