package provenance

import "bytes"

// pdfPackets finds packets in the metadata streams of a PDF, which our writer stores plainly. The mark goes in when
// the PDF is written: hand Packet to the writer.
func pdfPackets(data []byte) (out [][]byte) {
	const begin, end = "<?xpacket begin=", "<?xpacket end="
	for len(out) < 16 {
		i := bytes.Index(data, []byte(begin))
		if i < 0 {
			return out
		}
		j := bytes.Index(data[i:], []byte(end))
		if j < 0 {
			return out
		}
		out = append(out, data[i:i+j])
		data = data[i+j:]
	}
	return out
}
