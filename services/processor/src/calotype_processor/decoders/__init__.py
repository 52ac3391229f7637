"""What libvips cannot decode by itself, or must not be handed as it came."""
