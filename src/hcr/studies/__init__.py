"""What a work package means."""
