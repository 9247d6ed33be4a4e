"""Starting a business in Purbalingga: one plan, six contracts, four small agencies with systems, two desks."""
