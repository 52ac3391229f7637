"""Events as Protobuf: events_pb2 is generated from proto/, convert maps it to the domain."""
