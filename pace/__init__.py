"""Request budgets: how many requests a site may still receive, over all of us."""
