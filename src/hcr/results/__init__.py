"""Tables and manifests."""
