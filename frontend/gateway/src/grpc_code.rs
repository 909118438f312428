//! The number that says what kind of failure an error is.

use std::fmt;

/// A gRPC status code. Numbers without a name here are kept, so that an error can be handed on unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GrpcCode(pub i32);

macro_rules! codes {
    ($($number:literal $constant:ident $name:literal $meaning:literal;)*) => {
        impl GrpcCode {
            $(#[doc = $meaning] pub const $constant: Self = Self($number);)*

            /// The name that Go's gRPC gives the code, or `None` for a number it does not know.
            pub fn name(self) -> Option<&'static str> {
                match self.0 { $($number => Some($name),)* _ => None }
            }
        }
    };
}

codes! {
    0 OK "OK" "No error.";
    1 CANCELLED "Canceled" "The build was cancelled; buildx exits with 130.";
    2 UNKNOWN "Unknown" "A mistake of the user, or anything else: the one code that is not printed.";
    3 INVALID_ARGUMENT "InvalidArgument" "The request is malformed.";
    4 DEADLINE_EXCEEDED "DeadlineExceeded" "It took too long.";
    5 NOT_FOUND "NotFound" "What was asked for does not exist.";
    6 ALREADY_EXISTS "AlreadyExists" "What was to be made exists.";
    7 PERMISSION_DENIED "PermissionDenied" "The caller may not do this.";
    8 RESOURCE_EXHAUSTED "ResourceExhausted" "Something is full, or a message is too large; buildx exits with 102.";
    9 FAILED_PRECONDITION "FailedPrecondition" "The state of the daemon does not allow it.";
    10 ABORTED "Aborted" "The operation was given up.";
    11 OUT_OF_RANGE "OutOfRange" "A position lies outside of what exists.";
    12 UNIMPLEMENTED "Unimplemented" "The other side does not know the call or the capability.";
    13 INTERNAL "Internal" "A bug or a broken system; buildx exits with 100.";
    14 UNAVAILABLE "Unavailable" "The other side cannot be reached.";
    15 DATA_LOSS "DataLoss" "Data is gone or corrupt.";
    16 UNAUTHENTICATED "Unauthenticated" "Credentials are missing or wrong.";
}

/// The name as Go prints it; `Code(n)` for a number without one.
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
    fn named_as_grpc_names_them() {
        for number in 0..=16 {
            let code = GrpcCode(number);
            let ours = code.name().unwrap();
            // Tonic's own names differ in this one.
            let theirs = format!("{:?}", tonic::Code::from(number)).replace("Cancelled", "Canceled");
            assert_eq!(ours.to_lowercase(), theirs.to_lowercase(), "{number}");
        }
        assert_eq!((GrpcCode(17).name(), GrpcCode(-1).name()), (None, None));
    }
}
