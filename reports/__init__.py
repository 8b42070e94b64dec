"""The reading side: queries over storage, shown as tables."""
