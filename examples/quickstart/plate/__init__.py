"""The temperature of a square plate that is heated evenly and cooled at its edge."""
