"""One search for a hosting capacity, several sizes ahead of itself.

