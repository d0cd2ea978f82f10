module weir/tests/interop/go-cpe

go 1.19

require github.com/facebookincubator/nvdtools v0.1.5
