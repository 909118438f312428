#!/bin/bash
/usr/local/bin/setup.sh && exec start-original.sh "$@"
