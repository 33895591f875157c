// Which lot to conduct.
// @ts-check
import { mountWorkList } from "../components/work_list.js";

mountWorkList("console", "auctioneer");
