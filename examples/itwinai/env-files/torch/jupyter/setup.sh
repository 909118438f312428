#!/bin/bash
# In place of the settings of Rucio.
