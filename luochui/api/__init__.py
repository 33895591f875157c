"""The HTTP routes of the product: lots and bids, the auctioneer's, settlement's and supervisors' desks."""
