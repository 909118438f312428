FROM scratch
LABEL both=base base=1 empty=no
