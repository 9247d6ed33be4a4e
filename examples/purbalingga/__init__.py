"""Starting a business in Purbalingga: one plan, seven contracts, five small agencies with systems, two desks."""
