"""The marketer's page: one self-contained HTML file per owner, worst first."""
