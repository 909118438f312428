//! The codes of gRPC errors.

use std::fmt;

/// A gRPC status code. A number without a name is kept, so that an error can be returned unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GrpcCode(pub i32);

macro_rules! codes {
    ($($number:literal $constant:ident $name:literal $meaning:literal;)*) => {
        impl GrpcCode {
            $(#[doc = $meaning] pub const $constant: Self = Self($number);)*

            /// Returns the name of the code in Go's gRPC library. `None` for an unknown number.
            pub fn name(self) -> Option<&'static str> {
                match self.0 { $($number => Some($name),)* _ => None }
            }
        }
    };
}

codes! {
    0 OK "OK" "No error.";
    1 CANCELLED "Canceled" "The build was cancelled; buildx exits with 130.";
    2 UNKNOWN "Unknown" "A mistake of the user, or any other error. Clients do not print this code.";
    3 INVALID_ARGUMENT "InvalidArgument" "The request is malformed.";
    4 DEADLINE_EXCEEDED "DeadlineExceeded" "The call took too long.";
    5 NOT_FOUND "NotFound" "The requested object does not exist.";
    6 ALREADY_EXISTS "AlreadyExists" "The object to create exists already.";
    7 PERMISSION_DENIED "PermissionDenied" "The caller is not allowed to do this.";
    8 RESOURCE_EXHAUSTED "ResourceExhausted" "A resource is exhausted, or a message is too large; buildx exits with 102.";
    9 FAILED_PRECONDITION "FailedPrecondition" "The state of the daemon does not allow it.";
    10 ABORTED "Aborted" "The operation was aborted.";
    11 OUT_OF_RANGE "OutOfRange" "A position is outside of the valid range.";
    12 UNIMPLEMENTED "Unimplemented" "The other side does not know the call or the capability.";
    13 INTERNAL "Internal" "A bug or a broken system; buildx exits with 100.";
    14 UNAVAILABLE "Unavailable" "The other side cannot be reached.";
    15 DATA_LOSS "DataLoss" "Data is lost or corrupt.";
    16 UNAUTHENTICATED "Unauthenticated" "Credentials are missing or wrong.";
}

/// Displays the name as Go does, and `Code(n)` for a number without a name.
impl fmt::Display for GrpcCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "Code({})", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_grpc() {
        for number in 0..=16 {
            let code = GrpcCode(number);
            let ours = code.name().unwrap();
            // Tonic spells this name differently.
            let theirs = format!("{:?}", tonic::Code::from(number)).replace("Cancelled", "Canceled");
            assert_eq!(ours.to_lowercase(), theirs.to_lowercase(), "{number}");
        }
        assert_eq!((GrpcCode(17).name(), GrpcCode(-1).name()), (None, None));
    }
}
