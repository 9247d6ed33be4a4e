"""From files to contracts, plans and agreements: all mistakes at once, with their places and what to write instead."""
