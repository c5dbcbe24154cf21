"""What `init` puts into an empty folder: one schema, and a configuration that asks something of it."""

from __future__ import annotations

from typing import Final

SCHEMA: Final = """\
{
  "type": "record",
  "name": "rides",
  "namespace": "example",
  "doc": "One ride on a rented bike, told when the bike is returned.",
  "fields": [
    {
      "name": "bike_id",
      "doc": "The bike that was ridden.",
      "type": {"type": "int", "arg.properties": {"range": {"min": 1, "max": 500}}}
    },
    {
      "name": "station",
      "doc": "Where the ride began.",
      "type": {
        "type": "string",
        "arg.properties": {"options": ["Harbour", "Market", "Museum", "Park", "Station", "University"]}
      }
    },
    {
      "name": "minutes",
      "doc": "How long it took.",
      "type": {"type": "int", "arg.properties": {"range": {"min": 2, "max": 90}}}
    },
    {
      "name": "rating",
      "doc": "What the rider gave, if anything.",
      "type": ["null", {"type": "int", "arg.properties": {"range": {"min": 1, "max": 6}}}],
      "default": null
    },
    {
      "name": "returned_at",
      "doc": "When the bike was returned.",
      "type": {
        "type": "long",
        "logicalType": "timestamp-millis",
        "arg.properties": {"iteration": {"start": 1767225600000, "step": 45000}}
      }
    }
  ]
}
"""

STREAMS: Final = """\
[streams.rides]                    # schemas/rides.avsc; "arg.properties" in it say what sample values look like
key = ["bike_id"]                  # the fields that identify the thing
time = "returned_at"               # the field that says when
"""

VIEWS: Final = """\
[[views]]                          # one row for each station
name = "rides_by_station"
from = "rides"
group = ["station"]
metrics = { rides = "count()", minutes = "avg(minutes)", rating = "avg(rating)" }

[[views]]                          # the newest ride of each bike
name = "last_ride"
from = "rides"
latest = ["bike_id"]

[[charts]]
name = "Rides per day"
kind = "time-bar"
view = "rides"

[[charts]]
name = "Stations with the most rides"
kind = "bar"
view = "rides"
dimension = "station"
metric = "count()"
limit = 5
"""
