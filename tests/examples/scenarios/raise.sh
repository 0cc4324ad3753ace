#!/bin/sh
tee told.json | curl -s -d @- http://127.0.0.1:9000/trigger
echo "$CITYFIBRE_SCENARIO: $CITYFIBRE_BASE_URL" > told.txt
