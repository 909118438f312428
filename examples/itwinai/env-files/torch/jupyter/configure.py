# Writes the settings of the Rucio extension.
