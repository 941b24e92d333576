"""What templates about accounts may say."""
