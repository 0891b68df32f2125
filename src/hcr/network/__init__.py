"""The feeder library: circuits, customers, load data."""
